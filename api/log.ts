import type { Logger } from 'winston';

/** Where a component says what happened: a message for people, fields for machines. */
export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;
