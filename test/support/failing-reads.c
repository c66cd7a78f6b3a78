/* Preloaded, makes reads at or after byte EIO_FROM of files whose path holds EIO_PATH fail as a dying disk does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(int fd, off_t offset) {
  const char *part = getenv("EIO_PATH"), *from = getenv("EIO_FROM");
  char link[64], path[PATH_MAX];
  if (!part || !from || offset < atoll(from)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, part) != NULL;
}

ssize_t pread64(int fd, void *buffer, size_t size, off_t offset) {
  static ssize_t (*real)(int, void *, size_t, off_t);
  if (!real) real = dlsym(RTLD_NEXT, "pread64");
  if (fails(fd, offset)) {
    errno = EIO;
    return -1;
  }
  return real(fd, buffer, size, offset);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset) { return pread64(fd, buffer, size, offset); }
