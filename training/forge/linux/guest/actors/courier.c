/* The stand-in for an intruder's program. It copies itself to an anonymous memory file, removes the file that it came from, runs
 * the copy under another name, opens one connection and waits.
 *
 * Inert: it reads no file but its own, removes no file but its own, and sends nothing over its connection.
 *
 *   LABEL  its arguments, such as [kworker/3:7] or /usr/sbin/crond -n
 *   COMM   the name that it gives its process
 *   MEMFD  the name of the memory file
 *   FROM   own address, empty for the kernel's choice
 *   TO     address of its peer, IPv4 or IPv6
 *   PORT   port of its peer
 */
#define _GNU_SOURCE
#include "ends.h"
#include "memory.h"

#include <signal.h>
#include <sys/prctl.h>

char LABEL[64] = "@LABEL@";
char COMM[16] = "@COMM@";
char MEMFD[64] = "@MEMFD@";
char FROM[46] = "@FROM@";
char TO[46] = "@TO@";
char PORT[8] = "@PORT@";

int main(void)
{
	char path[256];

	if (!runs_from_memory()) {
		unlink(own_path(path, sizeof path));
		become_memory(MEMFD, LABEL);
		return 1;
	}
	prctl(PR_SET_NAME, COMM);
	signal(SIGHUP, SIG_IGN);
	if (connected(FROM, TO, PORT, SOCK_STREAM) < 0)
		return 1;
	for (;;)
		pause();
}
