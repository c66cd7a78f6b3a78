/** What is served in place, by its name; what it really is, its first bytes tell. */
const ARCHIVE = /\.(?:tar|tar\.gz|tgz|tar\.zst|tzst)$/;

export const isArchiveName = (file: string): boolean => ARCHIVE.test(file);

/** `bundle` of `some/where/bundle.tar.gz`: what its images are called when they have no name inside. */
export const archiveBaseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(ARCHIVE, '');
