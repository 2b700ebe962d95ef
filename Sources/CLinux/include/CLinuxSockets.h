// Sockets: addresses without pointers, control messages, whose macros Swift cannot import, and options by name. Every
// function gives its result, or the negative errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Numbers in host order; an IPv4 address in the lower half of `low`; family 4 or 6, 0 for no address at all.
struct clinux_address {
    uint64_t high, low;
    uint16_t port;
    uint8_t family;
};

/// A UDP socket, or a raw one when `protocol` is not 0. Never both families in one.
long clinux_internet_socket(int family, int protocol);
/// A TCP socket that does not block.
long clinux_tcp_socket(int family);
long clinux_bind(int fd, const struct clinux_address *address);
long clinux_connect(int fd, const struct clinux_address *address);
long clinux_local_address(int fd, struct clinux_address *address);
long clinux_set_mark(int fd, uint32_t mark);
/// The kernel doubles what is asked and holds it to net.core.rmem_max, unless forced, which root may.
long clinux_set_receive_buffer(int fd, int octets);
long clinux_set_send_buffer(int fd, int octets);
long clinux_want_packet_info(int fd, int family);
long clinux_want_traffic_class(int fd, int family);
long clinux_want_errors(int fd, int family);
/// 0 fragments here and lets routers fragment, 2 sets DF and obeys path MTUs, 3 sets DF and ignores them.
long clinux_set_discovery(int fd, int family, int kind);
/// The path MTU that the kernel knows for a connected socket.
long clinux_path_mtu(int fd, int family);
long clinux_set_encapsulation(int fd);
/// Datagrams of one sender, received one after another, come as one: `piece` octets each, the last perhaps shorter.
long clinux_want_joined(int fd);
/// Whether this kernel cuts up what `clinux_batch_send_joined` hands it. Older ones would send it as one datagram.
long clinux_can_send_joined(int fd);
/// A policy of the socket's own, both ways, that allows everything.
long clinux_bypass_policy(int fd, int family);
/// What came with a datagram. `local` has no port. `error` and `mtu` speak of the error queue alone. `piece` is 0 unless
/// datagrams were joined.
struct clinux_datagram {
    struct clinux_address peer, local;
    uint32_t interface_index, mtu, piece;
    int32_t error;
    uint8_t traffic_class, truncated;
};
long clinux_receive(int fd, void *bytes, size_t count, int from_errors, struct clinux_datagram *out);
/// `from` of family 0 lets the kernel choose; `traffic_class` below 0 keeps the socket's.
long clinux_send(int fd, const void *bytes, size_t count, const struct clinux_address *to,
                 const struct clinux_address *from, int traffic_class);
/// Many datagrams at once, in memory of their own, which is zero at first: `slots` times `size` octets, at
/// `clinux_batch_octets`. What is received lies `headroom` octets behind a slot's start, what is sent `start` octets
/// behind it.
struct clinux_batch;
struct clinux_batch *clinux_batch_create(unsigned slots, size_t size, size_t headroom);
void *clinux_batch_octets(struct clinux_batch *batch);
void clinux_batch_free(struct clinux_batch *batch);
long clinux_batch_receive(int fd, struct clinux_batch *batch);
void clinux_batch_received(struct clinux_batch *batch, unsigned index, struct clinux_datagram *out);
size_t clinux_batch_length(const struct clinux_batch *batch, unsigned index);
void clinux_batch_prepare(struct clinux_batch *batch, unsigned index, size_t start, size_t count,
                          const struct clinux_address *to, const struct clinux_address *from, int traffic_class);
long clinux_batch_send(int fd, struct clinux_batch *batch, unsigned first, unsigned count);
/// Sends datagrams to one place as one, for the kernel to cut up again: all as long as the first, the last at most.
long clinux_batch_send_joined(int fd, struct clinux_batch *batch, unsigned first, unsigned count);

/// `groups` is the old-style bit mask: bit n-1 for group n.
long clinux_netlink_socket(int protocol, uint32_t groups);
long clinux_netlink_send(int fd, const void *bytes, size_t count);
/// The datagram's whole length, more than `count` when it was cut; `sender` is 0 for the kernel.
long clinux_netlink_receive(int fd, void *bytes, size_t count, uint32_t *sender);
/// Only its owner may connect: on Linux a socket's mode before bind becomes its name's mode.
long clinux_unix_listen(const char *path, int backlog);
/// A stream socket, or a datagram one.
long clinux_unix_connect(const char *path, int datagram);
long clinux_accept(int fd);
struct clinux_credentials { int32_t process; uint32_t user, group; };
long clinux_credentials(int fd, struct clinux_credentials *out);
long clinux_stream_send(int fd, const void *bytes, size_t count);
