/* A quiet office daemon: it goes to the background (unless it is process 1 of a box), listens on a port, keeps some workers and
 * does nothing else.
 *
 *   NAME ADDRESS PORT WORKERS [HELPER]
 *
 * The address is IPv4 or IPv6. A HELPER is started once and never waited for, as in many a sloppy real daemon: when it ends it
 * stays a zombie. Inert: it accepts no connection. It has no places for values: its arguments say all.
 */
#define _GNU_SOURCE
#include "ends.h"

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

int main(int count, char **arguments)
{
	if (count < 4)
		return 0; /* as a helper: nothing to do */
	if ((getpid() != 1 && daemon(0, 0)) || listening(arguments[1], arguments[2]) < 0)
		return 1;
	for (int left = atoi(arguments[3]); left > 0; left--)
		if (fork() == 0)
			wait_for_ever();
	if (count > 4 && fork() == 0) {
		execl(arguments[4], arguments[4], (char *)NULL);
		_exit(1);
	}
	wait_for_ever();
}
