/* A client, a listener, or both: it has its sockets and keeps them. Arguments are ignored.
 *
 * Inert: it sends nothing, and what it gets it never reads.
 *
 *   FROM    own address, empty for the kernel's choice
 *   TO      address of its peer, IPv4 or IPv6; empty for no connection
 *   PORT    port of its peer; with MODE udp and without TO, its own
 *   MODE    hold or closewait: it keeps the connection, also when its peer has closed it. udp: datagrams
 *   AS      the name that it gives its process, empty to keep it
 *   LISTEN  address and port, with a space between, where it accepts and keeps connections; or empty
 */
#define _GNU_SOURCE
#include "ends.h"

#include <signal.h>
#include <sys/prctl.h>

char FROM[46] = "@FROM@";
char TO[46] = "@TO@";
char PORT[8] = "@PORT@";
char MODE[12] = "@MODE@";
char AS[16] = "@AS@";
char LISTEN[64] = "@LISTEN@";

/* Accepts for ever; the listener may be the only thing that this program has. */
static void keep_door(void)
{
	char *port = strchr(LISTEN, ' ');
	int door;

	if (!port)
		_exit(1);
	*port = 0;
	if ((door = listening(LISTEN, port + 1)) < 0)
		_exit(1);
	for (;;)
		accept4(door, NULL, NULL, SOCK_CLOEXEC);
}

int main(void)
{
	int udp = !strcmp(MODE, "udp"), end = 0;

	signal(SIGHUP, SIG_IGN);
	if (*AS)
		prctl(PR_SET_NAME, AS);
	if (udp && !*TO)
		end = bound(FROM, PORT, SOCK_DGRAM);
	else if (*TO)
		while ((end = connected(FROM, TO, PORT, udp ? SOCK_DGRAM : SOCK_STREAM)) < 0)
			sleep(1); /* a service may be up before its peer */
	if (end < 0)
		return 1;
	if (*LISTEN)
		keep_door();
	for (;;)
		pause();
}
