import { Button, Field, Input, Modal, RadioButtonGroup, TextArea } from '@grafana/ui';
import React, { useId, useState } from 'react';
import { type Expiry, EXPIRIES, expiresAt, isLink } from '../model/known';
import { KNOWN } from '../texts';

interface Props {
  readonly count: number;
  readonly onSubmit: (given: { reason: string; ticket?: string; expires_at?: string }) => void;
  readonly onCancel: () => void;
}

const OPTIONS = EXPIRIES.map((value) => ({ value, label: KNOWN.expiries[value] }));
/** Longer than most repairs take, and short enough to be looked at again. */
const USUAL: Expiry = 30;

export function MarkKnownForm({ count, onSubmit, onCancel }: Props) {
  const id = useId();
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [days, setDays] = useState<Expiry>(USUAL);
  const ticketWrong = ticket !== '' && !isLink(ticket);
  const submit = () => {
    const expires = expiresAt(days, Date.now());
    onSubmit({
      reason: reason.trim(),
      ...(ticket === '' ? {} : { ticket }),
      ...(expires === undefined ? {} : { expires_at: expires }),
    });
  };
  return (
    <Modal title={KNOWN.title(count)} isOpen onDismiss={onCancel}>
      <p>{KNOWN.help}</p>
      <Field label={KNOWN.reason} description={KNOWN.reasonHelp} required htmlFor={`${id}-reason`}>
        <TextArea
          id={`${id}-reason`}
          rows={2}
          maxLength={1_000}
          autoFocus
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </Field>
      <Field
        label={KNOWN.ticket}
        description={KNOWN.ticketHelp}
        invalid={ticketWrong}
        error={KNOWN.ticketWrong}
        htmlFor={`${id}-ticket`}
      >
        <Input
          id={`${id}-ticket`}
          type="url"
          value={ticket}
          onChange={({ currentTarget }) => setTicket(currentTarget.value.trim())}
        />
      </Field>
      <Field label={KNOWN.expires}>
        <RadioButtonGroup aria-label={KNOWN.expires} options={OPTIONS} value={days} onChange={setDays} />
      </Field>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onCancel}>
          {KNOWN.cancel}
        </Button>
        <Button disabled={reason.trim() === '' || ticketWrong} onClick={submit}>
          {KNOWN.submit}
        </Button>
      </Modal.ButtonRow>
    </Modal>
  );
}
