// Files, directories, epoll and the TUN device. Every function gives its result, or the negative errno.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <poll.h>
#include "CLinuxFiles.h"

static long clinux_result(long result) { return result < 0 ? -(long)errno : result; }

void clinux_close(int fd) { close(fd); }
long clinux_read(int fd, void *bytes, size_t count) { return clinux_result(read(fd, bytes, count)); }
long clinux_write(int fd, const void *bytes, size_t count) {
    return clinux_result(write(fd, bytes, count));
}

long clinux_open_to_read(const char *path) {
    return clinux_result(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}
long clinux_open_to_write(const char *path) {
    return clinux_result(open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
}
long clinux_create(const char *path, uint32_t mode) {
    return clinux_result(open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
}
long clinux_open_to_append(const char *path, uint32_t mode) {
    return clinux_result(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode));
}
long clinux_open_shared(const char *path, uint32_t mode) {
    return clinux_result(open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode));
}
void *clinux_open_directory(const char *path) { return opendir(path); }
void clinux_close_directory(void *directory) { closedir(directory); }

long clinux_status(int fd, const char *path, struct clinux_status *out) {
    struct stat status;
    if ((path ? stat(path, &status) : fstat(fd, &status)) < 0) return -(long)errno;
    out->device = (uint64_t)status.st_dev;
    out->inode = (uint64_t)status.st_ino;
    out->size = (uint64_t)status.st_size;
    out->seconds = status.st_mtim.tv_sec;
    out->nanoseconds = (uint32_t)status.st_mtim.tv_nsec;
    out->mode = status.st_mode;
    out->owner = status.st_uid;
    out->group = status.st_gid;
    return 0;
}

long clinux_rename(const char *from, const char *to) { return clinux_result(rename(from, to)); }
long clinux_read_link(const char *path, char *out, size_t room) { return clinux_result(readlink(path, out, room)); }
long clinux_unlink(const char *path) { return clinux_result(unlink(path)); }
long clinux_mkdir(const char *path, uint32_t mode) { return clinux_result(mkdir(path, mode)); }
long clinux_fsync(int fd) { return clinux_result(fsync(fd)); }
long clinux_fsync_directory(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -(long)errno;
    long done = clinux_result(fsync(fd));
    close(fd);
    return done;
}
long clinux_fchown(int fd, uint32_t owner, uint32_t group) { return clinux_result(fchown(fd, owner, group)); }
long clinux_truncate(int fd) { return clinux_result(ftruncate(fd, 0)); }
long clinux_fchmod(int fd, uint32_t mode) { return clinux_result(fchmod(fd, mode)); }
long clinux_seek_start(int fd) { return clinux_result(lseek(fd, 0, SEEK_SET)); }

long clinux_lock(int fd) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    return clinux_result(fcntl(fd, F_OFD_SETLK, &lock));
}
long clinux_is_locked(int fd) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -(long)errno;
    return lock.l_type != F_UNLCK;
}

const char *clinux_next_name(void *directory) {
    struct dirent *entry = readdir(directory);
    return entry ? entry->d_name : NULL;
}

long clinux_epoll_create(void) { return clinux_result(epoll_create1(EPOLL_CLOEXEC)); }
long clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u64 = token;
    return clinux_result(epoll_ctl(epoll, operation, fd, &event));
}
long clinux_epoll_wait(int epoll, struct clinux_event *events, int room, int milliseconds) {
    struct epoll_event kernel[64];
    int got = epoll_wait(epoll, kernel, room < 64 ? room : 64, milliseconds);
    if (got < 0) return -(long)errno;
    for (int i = 0; i < got; i++) {
        events[i].token = kernel[i].data.u64;
        events[i].kinds = kernel[i].events;
    }
    return got;
}

long clinux_poll(int fd, int writing, int milliseconds) {
    struct pollfd one = {.fd = fd, .events = (short)(writing ? POLLOUT : POLLIN), .revents = 0};
    return clinux_result(poll(&one, 1, milliseconds));
}

long clinux_tun_attach(int fd, const char *name, int with_header) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    for (size_t i = 0; i < IFNAMSIZ - 1 && name[i]; i++) request.ifr_name[i] = name[i];
    request.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | (with_header ? IFF_VNET_HDR : 0));
    return clinux_result(ioctl(fd, TUNSETIFF, &request));
}
long clinux_tun_set_offload(int fd, int kinds) {
    int header = 10; // struct virtio_net_hdr; a device that stood before may have been told another length
    unsigned flags = (kinds & CLINUX_TUN_CHECKSUM ? TUN_F_CSUM : 0) |
                     (kinds & CLINUX_TUN_TCP ? TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN : 0) |
                     (kinds & CLINUX_TUN_UDP ? 0x20 | 0x40 : 0); // TUN_F_USO4, TUN_F_USO6
    if (kinds && ioctl(fd, TUNSETVNETHDRSZ, &header) < 0) return -(long)errno;
    return clinux_result(ioctl(fd, TUNSETOFFLOAD, (unsigned long)flags));
}
long clinux_tun_send(int fd, const void *header, size_t header_count, const void *bytes, const struct clinux_piece *pieces, unsigned count) {
    struct iovec vector[65];
    vector[0].iov_base = (void *)header;
    vector[0].iov_len = header_count;
    for (unsigned i = 0; i < count && i < 64; i++) {
        vector[i + 1].iov_base = (char *)bytes + pieces[i].start;
        vector[i + 1].iov_len = pieces[i].count;
    }
    return clinux_result(writev(fd, vector, (int)(count < 64 ? count : 64) + 1));
}
long clinux_tun_persist(int fd, int persist) { return clinux_result(ioctl(fd, TUNSETPERSIST, persist)); }
long clinux_tun_open(void) {
    return clinux_result(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
}

