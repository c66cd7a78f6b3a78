import { access, constants } from 'node:fs/promises';

/** Whether anything may be written to a folder; not when it is not there. */
export const isWritable = (folder: string): Promise<boolean> => may(folder, constants.W_OK);

/** Whether a file may be read, as far as we are allowed to: a disk may still fail. */
export const isReadable = (file: string): Promise<boolean> => may(file, constants.R_OK);

const may = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
