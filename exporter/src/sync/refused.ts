import { UserError } from '../core/errors.ts';

/** Why a plan is not made or not applied; the message is for whoever asked. */
export class RepairRefused extends UserError {
  override name = 'RepairRefused';
  readonly kind: 'unknown' | 'foreign' | 'expired' | 'used' | 'stale' | 'altered' | 'unfit';
  constructor(kind: RepairRefused['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
