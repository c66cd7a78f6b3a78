/* Preloaded, appends a line to the file CONNECTS_LOG for all that would reach another machine: connecting, sending to an address,
 * and looking up a name, which the C library does without the functions that programs call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what, const char *whom) {
  const char *path = getenv("CONNECTS_LOG");
  char line[512];
  if (!path) return;
  int length = snprintf(line, sizeof line, "%s %s\n", what, whom);
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, line, length) != length) abort();
  close(fd);
}

static void note_address(const char *what, const struct sockaddr *address, socklen_t length) {
  char host[NI_MAXHOST], port[NI_MAXSERV], whom[NI_MAXHOST + NI_MAXSERV + 2];
  if (getnameinfo(address, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV)) {
    snprintf(whom, sizeof whom, "family %d", address->sa_family);
  } else {
    snprintf(whom, sizeof whom, "%s:%s", host, port);
  }
  note(what, whom);
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (!real) real = dlsym(RTLD_NEXT, "connect");
  note_address("connect", address, length);
  return real(fd, address, length);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *address, socklen_t length) {
  static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
  if (!real) real = dlsym(RTLD_NEXT, "sendto");
  if (address) note_address("sendto", address, length);
  return real(fd, bytes, size, flags, address, length);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  if (!real) real = dlsym(RTLD_NEXT, "getaddrinfo");
  note("getaddrinfo", node ? node : "-");
  return real(node, service, hints, found);
}
