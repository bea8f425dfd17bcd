import { ServerRefusal } from './server-client.ts';

/**
 * What a server answers; a refusal of a field speaks of the option that filled it.
 * @param options field of the API → option of the command
 */
export async function inOptions<T>(
  options: Readonly<Record<string, string>>,
  answer: Promise<T>,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    const message = error.message.replace(
      /(?:Body field|Query parameter) "(\w+)"/,
      (whole, field: string) => options[field] ?? whole,
    );
    throw new ServerRefusal(message, error.status);
  }
}
