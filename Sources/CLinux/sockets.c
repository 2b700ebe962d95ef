// Internet sockets: addresses without pointers, control messages, whose macros Swift cannot import, and options by name. Every
// function gives its result, or the negative errno.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <time.h>
#include <linux/errqueue.h>
#include "CLinuxSockets.h"

// The complaint is about musl's CMSG_NXTHDR.
#pragma GCC diagnostic ignored "-Wsign-compare"

#ifndef UDP_ENCAP
#define UDP_ENCAP 100
#endif
#ifndef UDP_ENCAP_ESPINUDP
#define UDP_ENCAP_ESPINUDP 2
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef IP_XFRM_POLICY
#define IP_XFRM_POLICY 17
#endif
#ifndef IPV6_XFRM_POLICY
#define IPV6_XFRM_POLICY 35
#endif

static socklen_t clinux_to_sockaddr(const struct clinux_address *from, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (from->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htobe16(from->port);
        v4->sin_addr.s_addr = htobe32((uint32_t)from->low);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    uint64_t halves[2] = {htobe64(from->high), htobe64(from->low)};
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htobe16(from->port);
    memcpy(&v6->sin6_addr, halves, 16);
    return sizeof *v6;
}
static void clinux_from_octets(const void *octets, int family, struct clinux_address *to) {
    if (family == 4) {
        uint32_t value;
        memcpy(&value, octets, 4);
        to->high = 0;
        to->low = be32toh(value);
    } else {
        uint64_t halves[2];
        memcpy(halves, octets, 16);
        to->high = be64toh(halves[0]);
        to->low = be64toh(halves[1]);
    }
    to->family = (uint8_t)family;
}
static void clinux_from_sockaddr(const struct sockaddr_storage *from, struct clinux_address *to) {
    memset(to, 0, sizeof *to);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        clinux_from_octets(&v4->sin_addr, 4, to);
        to->port = be16toh(v4->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        clinux_from_octets(&v6->sin6_addr, 6, to);
        to->port = be16toh(v6->sin6_port);
    }
}

long clinux_internet_socket(int family, int protocol) {
    int one = 1;
    int fd = socket(family == 6 ? AF_INET6 : AF_INET,
                    (protocol ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) return -(long)errno;
    if (family == 6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    return fd;
}
long clinux_tcp_socket(int family) {
    int fd = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -(long)errno : fd;
}
long clinux_bind(int fd, const struct clinux_address *address) {
    struct sockaddr_storage to;
    socklen_t length = clinux_to_sockaddr(address, &to);
    return bind(fd, (struct sockaddr *)&to, length) < 0 ? -(long)errno : 0;
}
long clinux_connect(int fd, const struct clinux_address *address) {
    struct sockaddr_storage to;
    socklen_t length = clinux_to_sockaddr(address, &to);
    return connect(fd, (struct sockaddr *)&to, length) < 0 ? -(long)errno : 0;
}
long clinux_local_address(int fd, struct clinux_address *address) {
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    memset(&own, 0, sizeof own);
    if (getsockname(fd, (struct sockaddr *)&own, &length) < 0) return -(long)errno;
    clinux_from_sockaddr(&own, address);
    return 0;
}

static long clinux_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) < 0 ? -(long)errno : 0;
}
long clinux_set_mark(int fd, uint32_t mark) { return clinux_option(fd, SOL_SOCKET, SO_MARK, (int)mark); }
long clinux_set_receive_buffer(int fd, int octets) {
    long forced = clinux_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, octets);
    return forced < 0 ? clinux_option(fd, SOL_SOCKET, SO_RCVBUF, octets) : forced;
}
long clinux_set_send_buffer(int fd, int octets) {
    long forced = clinux_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, octets);
    return forced < 0 ? clinux_option(fd, SOL_SOCKET, SO_SNDBUF, octets) : forced;
}
long clinux_want_packet_info(int fd, int family) {
    return family == 6 ? clinux_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                       : clinux_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}
long clinux_want_traffic_class(int fd, int family) {
    return family == 6 ? clinux_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1)
                       : clinux_option(fd, IPPROTO_IP, IP_RECVTOS, 1);
}
long clinux_want_errors(int fd, int family) {
    return family == 6 ? clinux_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) : clinux_option(fd, IPPROTO_IP, IP_RECVERR, 1);
}
long clinux_set_discovery(int fd, int family, int kind) {
    return family == 6 ? clinux_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, kind)
                       : clinux_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, kind);
}
long clinux_path_mtu(int fd, int family) {
    int value = 0;
    socklen_t length = sizeof value;
    int level = family == 6 ? IPPROTO_IPV6 : IPPROTO_IP;
    return getsockopt(fd, level, family == 6 ? IPV6_MTU : IP_MTU, &value, &length) < 0 ? -(long)errno : value;
}
long clinux_set_encapsulation(int fd) {
    return clinux_option(fd, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP);
}
long clinux_want_joined(int fd) { return clinux_option(fd, IPPROTO_UDP, UDP_GRO, 1); }
long clinux_can_send_joined(int fd) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, &length) < 0 ? -(long)errno : 1;
}
long clinux_bypass_policy(int fd, int family) {
    for (uint8_t direction = 0; direction < 2; direction++) {
        union { uint8_t octets[168]; uint64_t aligned; } policy;
        uint16_t kernel_family = family == 6 ? AF_INET6 : AF_INET;
        memset(&policy, 0, sizeof policy);
        memcpy(policy.octets + 40, &kernel_family, 2);
        policy.octets[160] = direction;
        if (setsockopt(fd, family == 6 ? IPPROTO_IPV6 : IPPROTO_IP, family == 6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY,
                       &policy, sizeof policy) < 0) return -(long)errno;
    }
    return 0;
}

union clinux_control {
    char octets[192];
    struct cmsghdr aligned;
};

static void clinux_read_header(struct msghdr *header, struct clinux_datagram *out) {
    memset(out, 0, sizeof *out);
    if (header->msg_namelen) clinux_from_sockaddr((const struct sockaddr_storage *)header->msg_name, &out->peer);
    out->truncated = (header->msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        const void *data = CMSG_DATA(c);
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, data, sizeof info);
            clinux_from_octets(&info.ipi_addr, 4, &out->local);
            out->interface_index = (uint32_t)info.ipi_ifindex;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, data, sizeof info);
            clinux_from_octets(&info.ipi6_addr, 6, &out->local);
            out->interface_index = info.ipi6_ifindex;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            memcpy(&out->traffic_class, data, 1);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            int value;
            memcpy(&value, data, sizeof value);
            out->traffic_class = (uint8_t)value;
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int value;
            memcpy(&value, data, sizeof value);
            out->piece = (uint32_t)value;
        } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
            struct sock_extended_err error;
            memcpy(&error, data, sizeof error);
            out->error = (int32_t)error.ee_errno;
            out->mtu = error.ee_info;
        }
    }
}
static void clinux_prepare_to_receive(struct msghdr *header, struct iovec *vector, struct sockaddr_storage *name,
                                             union clinux_control *control) {
    memset(header, 0, sizeof *header);
    header->msg_name = name;
    header->msg_namelen = sizeof *name;
    header->msg_iov = vector;
    header->msg_iovlen = 1;
    header->msg_control = control;
    header->msg_controllen = sizeof *control;
}
long clinux_receive(int fd, void *bytes, size_t count, int from_errors, struct clinux_datagram *out) {
    struct msghdr header;
    struct sockaddr_storage name;
    union clinux_control control;
    struct iovec vector = {bytes, count};
    clinux_prepare_to_receive(&header, &vector, &name, &control);
    ssize_t got = recvmsg(fd, &header, MSG_DONTWAIT | (from_errors ? MSG_ERRQUEUE : 0));
    if (got < 0) return -(long)errno;
    clinux_read_header(&header, out);
    return got;
}

/// `from` of family 0 lets the kernel choose; `traffic_class` below 0 keeps the socket's.
static void clinux_prepare_to_send(struct msghdr *header, struct iovec *vector, struct sockaddr_storage *name,
                                          union clinux_control *control, const struct clinux_address *to,
                                          const struct clinux_address *from, int traffic_class) {
    memset(header, 0, sizeof *header);
    memset(control, 0, sizeof *control);
    header->msg_namelen = clinux_to_sockaddr(to, name);
    header->msg_name = name;
    header->msg_iov = vector;
    header->msg_iovlen = 1;
    header->msg_control = control;
    header->msg_controllen = sizeof *control;
    size_t used = 0;
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    if (from->family == 4) {
        struct in_pktinfo info;
        memset(&info, 0, sizeof info);
        info.ipi_spec_dst.s_addr = htobe32((uint32_t)from->low);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        used += CMSG_SPACE(sizeof info);
        c = CMSG_NXTHDR(header, c);
    } else if (from->family == 6) {
        struct in6_pktinfo info;
        uint64_t halves[2] = {htobe64(from->high), htobe64(from->low)};
        memset(&info, 0, sizeof info);
        memcpy(&info.ipi6_addr, halves, 16);
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        used += CMSG_SPACE(sizeof info);
        c = CMSG_NXTHDR(header, c);
    }
    if (traffic_class >= 0) {
        c->cmsg_level = to->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP;
        c->cmsg_type = to->family == 6 ? IPV6_TCLASS : IP_TOS;
        c->cmsg_len = CMSG_LEN(sizeof traffic_class);
        memcpy(CMSG_DATA(c), &traffic_class, sizeof traffic_class);
        used += CMSG_SPACE(sizeof traffic_class);
    }
    header->msg_controllen = (socklen_t)used;
    if (!used) header->msg_control = NULL;
}
long clinux_send(int fd, const void *bytes, size_t count, const struct clinux_address *to,
                               const struct clinux_address *from, int traffic_class) {
    struct msghdr header;
    struct sockaddr_storage name;
    union clinux_control control;
    struct iovec vector = {(void *)bytes, count};
    clinux_prepare_to_send(&header, &vector, &name, &control, to, from, traffic_class);
    ssize_t sent = sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -(long)errno : sent;
}

struct clinux_slot {
    struct iovec vector;
    struct sockaddr_storage name;
    union clinux_control control;
};
struct clinux_batch {
    unsigned slots;
    size_t size, headroom, mapped;
    char *octets;
    struct mmsghdr *headers;
    struct clinux_slot *places;
    struct iovec *joined;
};
// Pages of its own, zeroed by the kernel: what no datagram has used yet takes no memory.
struct clinux_batch *clinux_batch_create(unsigned slots, size_t size, size_t headroom) {
    struct clinux_batch *batch;
    const size_t mapped = sizeof *batch + slots * (sizeof *batch->headers + sizeof *batch->places + sizeof *batch->joined + size);
    batch = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (batch == MAP_FAILED) abort();
    batch->slots = slots;
    batch->size = size;
    batch->headroom = headroom;
    batch->mapped = mapped;
    batch->headers = (struct mmsghdr *)(batch + 1);
    batch->places = (struct clinux_slot *)(batch->headers + slots);
    batch->joined = (struct iovec *)(batch->places + slots);
    batch->octets = (char *)(batch->joined + slots);
    return batch;
}
void clinux_batch_free(struct clinux_batch *batch) { munmap(batch, batch->mapped); }
void *clinux_batch_octets(struct clinux_batch *batch) { return batch->octets; }
long clinux_batch_receive(int fd, struct clinux_batch *batch) {
    for (unsigned i = 0; i < batch->slots; i++) {
        struct clinux_slot *place = &batch->places[i];
        place->vector.iov_base = batch->octets + i * batch->size + batch->headroom;
        place->vector.iov_len = batch->size - batch->headroom;
        batch->headers[i].msg_len = 0;
        clinux_prepare_to_receive(&batch->headers[i].msg_hdr, &place->vector, &place->name, &place->control);
    }
    int got = recvmmsg(fd, batch->headers, batch->slots, MSG_DONTWAIT, NULL);
    return got < 0 ? -(long)errno : got;
}
void clinux_batch_received(struct clinux_batch *batch, unsigned index, struct clinux_datagram *out) {
    clinux_read_header(&batch->headers[index].msg_hdr, out);
}
size_t clinux_batch_length(const struct clinux_batch *batch, unsigned index) { return batch->headers[index].msg_len; }
void clinux_batch_prepare(struct clinux_batch *batch, unsigned index, size_t start, size_t count,
                          const struct clinux_address *to, const struct clinux_address *from, int traffic_class) {
    struct clinux_slot *place = &batch->places[index];
    place->vector.iov_base = batch->octets + index * batch->size + start;
    place->vector.iov_len = count;
    batch->headers[index].msg_len = (unsigned)count;
    clinux_prepare_to_send(&batch->headers[index].msg_hdr, &place->vector, &place->name, &place->control, to, from,
                           traffic_class);
}
long clinux_batch_send(int fd, struct clinux_batch *batch, unsigned first, unsigned count) {
    int sent = sendmmsg(fd, batch->headers + first, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -(long)errno : sent;
}

long clinux_batch_send_joined(int fd, struct clinux_batch *batch, unsigned first, unsigned count) {
    struct clinux_slot *place = &batch->places[first];
    struct msghdr header = batch->headers[first].msg_hdr;
    uint16_t piece = (uint16_t)place->vector.iov_len;
    for (unsigned i = 0; i < count; i++) batch->joined[i] = batch->places[first + i].vector;
    header.msg_iov = batch->joined;
    header.msg_iovlen = count;
    // Behind what is said about the first datagram, in the room that it left.
    struct cmsghdr *c = (struct cmsghdr *)(place->control.octets + header.msg_controllen);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof piece);
    memcpy(CMSG_DATA(c), &piece, sizeof piece);
    header.msg_control = &place->control;
    header.msg_controllen += CMSG_SPACE(sizeof piece);
    ssize_t sent = sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -(long)errno : sent;
}
