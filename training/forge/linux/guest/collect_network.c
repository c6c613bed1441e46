/* The collector's part on the network: the sockets of every namespace, the addresses of the machine. */
#define _GNU_SOURCE
#include "collect.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>

static void table(FILE *out, const char *protocol, const struct space *network)
{
	static char line[1024];
	char path[64], own[64], peer[64];
	unsigned state;
	unsigned long inode;
	FILE *rows;

	snprintf(path, sizeof path, "/proc/%d/net/%s", network->pid, protocol);
	rows = fopen(path, "re");
	while (rows && fgets(line, sizeof line, rows))
		if (sscanf(line, " %*d: %63s %63s %x %*s %*s %*s %*u %*d %lu", own, peer, &state, &inode) == 4)
			fprintf(out, "{\"kind\": \"socket\", \"protocol\": \"%s\", \"local\": \"%s\", \"remote\": \"%s\", \"state\": %u, "
				"\"inode\": %lu, \"netns\": %lu}\n", protocol, own, peer, state, inode, network->inode);
	if (rows)
		fclose(rows);
}

void collect_sockets(FILE *out, const struct spaces *networks)
{
	static const char *const protocols[] = {"tcp", "tcp6", "udp", "udp6"};

	for (int i = 0; i < networks->count; i++)
		for (size_t n = 0; n < sizeof protocols / sizeof *protocols; n++)
			table(out, protocols[n], &networks->all[i]);
}

static int bits(const void *mask, size_t length)
{
	int count = 0;

	for (size_t i = 0; i < length; i++)
		count += __builtin_popcount(((const unsigned char *)mask)[i]);
	return count;
}

static const void *bytes_of(const struct sockaddr *given)
{
	return given->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)given)->sin6_addr :
		(const void *)&((const struct sockaddr_in *)given)->sin_addr;
}

static void address(FILE *out, const struct ifaddrs *each)
{
	char shown[INET6_ADDRSTRLEN] = "";

	inet_ntop(each->ifa_addr->sa_family, bytes_of(each->ifa_addr), shown, sizeof shown);
	fprintf(out, "{\"kind\": \"address\", ");
	named(out, "interface", each->ifa_name);
	fprintf(out, ", ");
	named(out, "address", shown);
	fprintf(out, ", \"prefix\": %d}\n", bits(bytes_of(each->ifa_netmask), each->ifa_addr->sa_family == AF_INET6 ? 16 : 4));
}

void collect_addresses(FILE *out)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all))
		return;
	for (struct ifaddrs *each = all; each; each = each->ifa_next)
		if (each->ifa_addr && each->ifa_netmask &&
			(each->ifa_addr->sa_family == AF_INET || each->ifa_addr->sa_family == AF_INET6))
			address(out, each);
	freeifaddrs(all);
}
