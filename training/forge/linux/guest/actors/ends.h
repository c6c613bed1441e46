/* Ends of connections, for actors: an address of either family as text, and the three things that are done with one. */
#ifndef ENDS_H
#define ENDS_H
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Fills an end from texts; returns its size, 0 when the address is none. */
static inline socklen_t end_of(const char *address, const char *port, struct sockaddr_storage *end)
{
	struct sockaddr_in *four = (void *)end;
	struct sockaddr_in6 *six = (void *)end;

	memset(end, 0, sizeof *end);
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(atoi(port));
		return sizeof *four;
	}
	if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(atoi(port));
		return sizeof *six;
	}
	return 0;
}

/* A socket bound to an end, or -1. */
static inline int bound(const char *address, const char *port, int type)
{
	struct sockaddr_storage own;
	socklen_t size = end_of(address, port, &own);
	int end = socket(own.ss_family, type | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(end, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (own.ss_family == AF_INET6)
		setsockopt(end, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	return size && bind(end, (void *)&own, size) == 0 ? end : -1;
}

/* A connection of a type to an end, or -1; the kernel chooses the own address when `from` is empty. */
static inline int connected(const char *from, const char *to, const char *port, int type)
{
	struct sockaddr_storage peer;
	socklen_t size = end_of(to, port, &peer);
	int end = *from ? bound(from, "0", type) : socket(peer.ss_family, type | SOCK_CLOEXEC, 0);

	if (size && end >= 0 && connect(end, (void *)&peer, size) == 0)
		return end;
	close(end);
	return -1;
}

/* A listener on an end, or -1. */
static inline int listening(const char *address, const char *port)
{
	int end = bound(address, port, SOCK_STREAM);

	return end >= 0 && listen(end, 16) == 0 ? end : -1;
}
#endif
