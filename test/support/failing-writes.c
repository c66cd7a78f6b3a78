/* Preloaded, makes one call that writes (EIO_CALL: write, fsync, link, rename or mkdir) fail as a dying disk does, for files whose path
   holds EIO_PATH. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(const char *call, const char *path) {
  const char *name = getenv("EIO_CALL"), *part = getenv("EIO_PATH");
  if (!name || !part || strcmp(name, call) != 0 || !strstr(path, part)) return 0;
  errno = EIO;
  return 1;
}

static int fails_open(const char *call, int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t size) {
  return fails_open("write", fd) ? -1 : REAL(write)(fd, bytes, size);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  return fails_open("write", fd) ? -1 : REAL(pwrite)(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset) { return pwrite(fd, bytes, size, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  return fails_open("write", fd) ? -1 : REAL(writev)(fd, parts, count);
}
int fsync(int fd) { return fails_open("fsync", fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails_open("fsync", fd) ? -1 : REAL(fdatasync)(fd); }
int link(const char *from, const char *to) { return fails("link", to) ? -1 : REAL(link)(from, to); }
int rename(const char *from, const char *to) { return fails("rename", to) ? -1 : REAL(rename)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails("mkdir", path) ? -1 : REAL(mkdir)(path, mode); }
