// Files, directories, epoll and the TUN device. Every function gives its result, or the negative errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

void clinux_close(int fd);
long clinux_read(int fd, void *bytes, size_t count);
long clinux_write(int fd, const void *bytes, size_t count);
long clinux_open_to_read(const char *path);
long clinux_open_to_write(const char *path);
/// Nobody else's file: fails when the name exists, a symbolic link included.
long clinux_create(const char *path, uint32_t mode);
long clinux_open_to_append(const char *path, uint32_t mode);
long clinux_open_shared(const char *path, uint32_t mode);
struct clinux_status {
    uint64_t device, inode, size;
    int64_t seconds;
    uint32_t nanoseconds, mode, owner, group;
};
/// Of an open file, or of the one at `path` when that is not NULL.
long clinux_status(int fd, const char *path, struct clinux_status *out);
long clinux_rename(const char *from, const char *to);
/// Where a symbolic link leads, not ended by a zero.
long clinux_read_link(const char *path, char *out, size_t room);
long clinux_unlink(const char *path);
long clinux_mkdir(const char *path, uint32_t mode);
long clinux_fsync(int fd);
long clinux_fsync_directory(const char *path);
long clinux_fchown(int fd, uint32_t owner, uint32_t group);
long clinux_truncate(int fd);
long clinux_fchmod(int fd, uint32_t mode);
long clinux_seek_start(int fd);
/// Locks that belong to the open file, so that a fork keeps them and a second look through another descriptor sees them.
long clinux_lock(int fd);
/// 1 when another open file holds the lock.
long clinux_is_locked(int fd);
/// NULL, and errno, when it cannot be opened.
void *clinux_open_directory(const char *path);
void clinux_close_directory(void *directory);
/// The directory's next name, NULL after the last.
const char *clinux_next_name(void *directory);
long clinux_epoll_create(void);
/// operation: EPOLL_CTL_ADD 1, DEL 2, MOD 3.
long clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token);
struct clinux_event {
    uint64_t token;
    uint32_t kinds;
};
/// At most 64 events, whatever room there is.
long clinux_epoll_wait(int epoll, struct clinux_event *events, int room, int milliseconds);
/// Waits until fd can be read (or written); 0 when the time ran out.
long clinux_poll(int fd, int writing, int milliseconds);
/// Attaches to the TUN device of this name, made if need be: whole IP packets, with a struct virtio_net_hdr in front of each, or
/// nothing.
long clinux_tun_attach(int fd, const char *name, int with_header);
enum { CLINUX_TUN_CHECKSUM = 1, CLINUX_TUN_TCP = 2, CLINUX_TUN_UDP = 4 };
/// What the reader does instead of the kernel: a sum of the above, 0 for nothing.
long clinux_tun_set_offload(int fd, int kinds);
struct clinux_piece {
    size_t start, count;
};
/// Writes one packet: its header, and up to 64 pieces of what lies at `bytes`.
long clinux_tun_send(int fd, const void *header, size_t header_count, const void *bytes, const struct clinux_piece *pieces, unsigned count);
long clinux_tun_persist(int fd, int persist);
long clinux_tun_open(void);
