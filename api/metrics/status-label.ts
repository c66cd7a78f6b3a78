import { STATUS_CODES } from 'node:http';

/** What a status is called in a label: a number that HTTP knows, else the class, as whoever answers may make up any; `none` when there
 *  was no answer. */
export function statusLabel(status: number | undefined): string {
  if (status === undefined) return 'none';
  if (status === CLIENT_LEFT || STATUS_CODES[status] !== undefined) return String(status);
  return status >= 100 && status <= 599 ? `${Math.trunc(status / 100)}xx` : 'other';
}

/** As nginx has it. */
const CLIENT_LEFT = 499;
