/** Why an archive cannot be read: the message names the archive, the entry and the numbers. */
export class InvalidArchive extends Error {
  override readonly name = 'InvalidArchive';
}
