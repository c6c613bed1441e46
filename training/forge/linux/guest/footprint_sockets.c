/* The footprint's part on the network: the first packet of each conversation that a process of the console begins, seen on the
 * loopback device (packet(7)), where all addresses of the machine and of the outside are. IPv4, as in all scenarios that live.
 */
#define _GNU_SOURCE
#include "footprint.h"
#include "range_peer.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER 60

struct begun {
	pid_t pid;
	int protocol, times;
	struct in_addr from, to;
	unsigned short from_port, to_port;
	struct timespec first;
};

static struct begun *all[MOST_KEPT];
static int count, lost, line = -1;

/* Of packets that go out (each passes the device twice): SYN alone of TCP, all of UDP, and requests for an echo. */
static struct sock_filter wanted[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 11),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 10, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 5, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 7),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 13),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 4, 3),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 8, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, HEADER),
};

/* The inode of the socket that a packet came from, by the kernel's tables; 0 where it is gone, as after a refusal. */
static unsigned long inode_of(const struct begun *one)
{
	char row[512];
	unsigned long inode = 0, found = 0;
	unsigned address, port;
	FILE *rows = fopen(one->protocol == IPPROTO_TCP ? "/proc/net/tcp" : "/proc/net/udp", "re");

	while (rows && !found && fgets(row, sizeof row, rows))
		if (sscanf(row, " %*d: %x:%x %*x:%*x %*x %*x:%*x %*x:%*x %*x %*u %*d %lu", &address, &port, &inode) == 3 &&
			port == one->from_port && (address == one->from.s_addr || !address))
			found = inode;
	if (rows)
		fclose(rows);
	return found;
}

static int same(const struct begun *one, const struct begun *other)
{
	return one->pid == other->pid && one->protocol == other->protocol && one->to.s_addr == other->to.s_addr &&
		one->to_port == other->to_port && (one->protocol == IPPROTO_ICMP || one->from_port == other->from_port);
}

static void note(const struct begun *one)
{
	for (int i = count - 1; i >= 0; i--)
		if (same(all[i], one)) {
			all[i]->times++;
			return;
		}
	if (count == MOST_KEPT) {
		lost++;
		return;
	}
	all[count] = malloc(sizeof *one);
	*all[count] = *one;
	clock_gettime(CLOCK_REALTIME, &all[count++]->first);
}

static void take(const unsigned char *packet, ssize_t size)
{
	struct begun one = {.times = 1};
	int head = (packet[0] & 15) * 4;
	unsigned long inode;

	if (size < head + 4 || packet[0] >> 4 != 4)
		return;
	one.protocol = packet[9];
	memcpy(&one.from, packet + 12, 4);
	memcpy(&one.to, packet + 16, 4);
	if (one.protocol != IPPROTO_ICMP) {
		one.from_port = packet[head] << 8 | packet[head + 1];
		one.to_port = packet[head + 2] << 8 | packet[head + 3];
	}
	inode = one.protocol == IPPROTO_ICMP ? 0 : inode_of(&one);
	one.pid = inode ? own_holder(inode) : own_running();
	if (one.pid)
		note(&one); /* else it is another's */
}

static void drain_sockets(void)
{
	unsigned char packet[HEADER];
	ssize_t size;

	while ((size = recv(line, packet, sizeof packet, MSG_DONTWAIT)) > 0)
		take(packet, size);
}

int begin_sockets(void)
{
	struct sock_fprog program = {sizeof wanted / sizeof *wanted, wanted};
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex("lo")};

	line = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (setsockopt(line, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) || bind(line, (void *)&at, sizeof at))
		return -1;
	watch(line, drain_sockets);
	return 0;
}

void tell_sockets(FILE *out)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

	drain_sockets();
	for (int i = 0; i < count; i++) {
		const char *protocol = all[i]->protocol == IPPROTO_TCP ? "tcp" : all[i]->protocol == IPPROTO_UDP ? "udp" : "icmp";

		inet_ntop(AF_INET, &all[i]->from, from, sizeof from);
		inet_ntop(AF_INET, &all[i]->to, to, sizeof to);
		fprintf(out, "{\"kind\": \"socket\", \"pid\": %d, \"protocol\": \"%s\", \"local\": \"%s\", \"local_port\": %u, "
			"\"remote\": \"%s\", \"remote_port\": %u, \"times\": %d", all[i]->pid, protocol, from, all[i]->from_port, to,
			all[i]->to_port, all[i]->times);
		tell_moment(out, "first", &all[i]->first);
		fprintf(out, "}\n");
	}
	if (lost)
		fprintf(out, "{\"kind\": \"lost\", \"of\": \"sockets\", \"count\": %d}\n", lost);
}
