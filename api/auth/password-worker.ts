// A thread that compares passwords, which takes long.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { PasswordCheck } from './password-thread.ts';

parentPort?.on('message', ({ password, hash }: PasswordCheck) => {
  parentPort?.postMessage(compareSync(password, hash));
});
