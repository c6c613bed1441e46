/* The way to the outside. All of it ends on this machine's loopback device, so that there is no cable to pull: for each address
 * of the outside a cut is a route that leads nowhere. What is sent there is lost, and so is what comes from there.
 *
 * It is done by netlink (rtnetlink(7)): no program is started for it, and the list of addresses stays as it was.
 */
#define _GNU_SOURCE
#include "range_peer.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESSES "/opt/range/addresses"
#define MOST_OUTSIDERS 64

struct route { struct nlmsghdr head; struct rtmsg what; char attributes[64]; };

static char outsiders[MOST_OUTSIDERS][INET_ADDRSTRLEN];
static int outsider_count;

const char *outsider(const char *address)
{
	if (outsider_count == MOST_OUTSIDERS)
		return "too many outsiders";
	snprintf(outsiders[outsider_count++], INET_ADDRSTRLEN, "%s", address);
	return NULL;
}

static int is_outsider(const char *address)
{
	for (int i = 0; i < outsider_count; i++)
		if (!strcmp(outsiders[i], address))
			return 1;
	return 0;
}

static void attribute(struct route *route, int kind, const void *value, size_t size)
{
	struct rtattr *at = (void *)((char *)route + NLMSG_ALIGN(route->head.nlmsg_len));

	at->rta_type = kind;
	at->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(at), value, size);
	route->head.nlmsg_len = NLMSG_ALIGN(route->head.nlmsg_len) + RTA_ALIGN(at->rta_len);
}

/* Puts one route of the table "local" in the place of another. */
static int set_route(int netlink, const char *own, const char *address, int open)
{
	struct route ask = {.what = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_LOCAL}};
	struct { struct nlmsghdr head; struct nlmsgerr error; char more[256]; } answer;
	unsigned char to[4], from[4];
	int device = if_nametoindex("lo");

	if (inet_pton(AF_INET, address, to) != 1 || inet_pton(AF_INET, own, from) != 1)
		return 0; /* IPv6: a scenario that lives has none */
	ask.head.nlmsg_len = NLMSG_LENGTH(sizeof ask.what);
	ask.head.nlmsg_type = RTM_NEWROUTE;
	ask.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	ask.what.rtm_protocol = open ? RTPROT_BOOT : RTPROT_STATIC;
	ask.what.rtm_type = open ? RTN_LOCAL : RTN_UNREACHABLE;
	ask.what.rtm_scope = open ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	attribute(&ask, RTA_DST, to, sizeof to);
	if (open) {
		attribute(&ask, RTA_PREFSRC, from, sizeof from);
		attribute(&ask, RTA_OIF, &device, sizeof device);
	}
	if (send(netlink, &ask, ask.head.nlmsg_len, 0) < 0 || recv(netlink, &answer, sizeof answer, 0) < 0)
		return -1;
	return answer.error.error;
}

const char *set_link(const char *how)
{
	int cut = !strcmp(how, "cut"), filter = !strcmp(how, "filter"), wrong = 0, netlink;
	char line[64], own[64] = "";
	FILE *all;

	if (!cut && !filter && strcmp(how, "leave"))
		return "leave, cut or filter";
	all = fopen(ADDRESSES, "re");
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	while (all && fgets(line, sizeof line, all)) {
		line[strcspn(line, "/\n")] = 0;
		if (!*own)
			snprintf(own, sizeof own, "%s", line);
		else
			wrong |= set_route(netlink, own, line, !(cut || (filter && is_outsider(line))));
	}
	if (all)
		fclose(all);
	close(netlink);
	return all && !wrong ? NULL : "a route was not taken";
}
