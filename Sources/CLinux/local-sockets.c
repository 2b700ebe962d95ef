// Netlink and Unix sockets. Every function gives its result, or the negative errno.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/netlink.h>
#include "CLinuxSockets.h"

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11
#endif
#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

// A kernel that does not know an option answers in its older way.
static void clinux_netlink_option(int fd, int option, int value) { (void)setsockopt(fd, SOL_NETLINK, option, &value, sizeof value); }
long clinux_netlink_socket(int protocol, uint32_t groups) {
    struct sockaddr_nl own;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) return -(long)errno;
    memset(&own, 0, sizeof own);
    own.nl_family = AF_NETLINK;
    own.nl_groups = groups;
    if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0) {
        long error = -(long)errno;
        close(fd);
        return error;
    }
    clinux_netlink_option(fd, NETLINK_EXT_ACK, 1);
    clinux_netlink_option(fd, NETLINK_CAP_ACK, 1);
    clinux_netlink_option(fd, NETLINK_GET_STRICT_CHK, 1);
    return fd;
}
long clinux_netlink_send(int fd, const void *bytes, size_t count) {
    struct sockaddr_nl kernel;
    memset(&kernel, 0, sizeof kernel);
    kernel.nl_family = AF_NETLINK;
    ssize_t sent = sendto(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -(long)errno : sent;
}
long clinux_netlink_receive(int fd, void *bytes, size_t count, uint32_t *sender) {
    struct sockaddr_nl from;
    socklen_t length = sizeof from;
    memset(&from, 0, sizeof from);
    ssize_t got = recvfrom(fd, bytes, count, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &length);
    *sender = from.nl_pid;
    return got < 0 ? -(long)errno : got;
}

static long clinux_unix_address(const char *path, struct sockaddr_un *address) {
    size_t length = strlen(path);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length >= sizeof address->sun_path) return -(long)ENAMETOOLONG;
    memcpy(address->sun_path, path, length);
    return 0;
}
long clinux_unix_listen(const char *path, int backlog) {
    struct sockaddr_un address;
    long error = clinux_unix_address(path, &address);
    if (error < 0) return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -(long)errno;
    if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, backlog) < 0) {
        error = -(long)errno;
        close(fd);
        return error;
    }
    return fd;
}
long clinux_unix_connect(const char *path, int datagram) {
    struct sockaddr_un address;
    long error = clinux_unix_address(path, &address);
    if (error < 0) return error;
    int fd = socket(AF_UNIX, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -(long)errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        error = -(long)errno;
        close(fd);
        return error;
    }
    return fd;
}
long clinux_accept(int fd) {
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return client < 0 ? -(long)errno : client;
}
long clinux_credentials(int fd, struct clinux_credentials *out) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -(long)errno;
    out->process = credentials.pid;
    out->user = credentials.uid;
    out->group = credentials.gid;
    return 0;
}
long clinux_stream_send(int fd, const void *bytes, size_t count) {
    ssize_t sent = send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -(long)errno : sent;
}
