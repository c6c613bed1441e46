/* The stand-in for an intruder's program. It is inert: it copies itself to an anonymous memory file, removes the file that it
 * came from, runs the copy under another name, opens one connection and waits. It reads no other file and sends nothing.
 *
 * What it is called and whom it calls is compiled in (drawn.h, written by the forge), as in a real one: no argument tells.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drawn.h"

static int run_from_memory(char *path)
{
	char block[4096], *name[] = {LABEL, NULL}, *none[] = {NULL};
	int copy = memfd_create(MEMFD, MFD_CLOEXEC), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (copy < 0 || file < 0)
		return 1;
	while ((got = read(file, block, sizeof block)) > 0)
		if (write(copy, block, got) != got)
			return 1;
	unlink(path);
	fexecve(copy, name, none);
	return 1;
}

static int hold_a_connection(void)
{
	struct sockaddr_in own = {.sin_family = AF_INET}, peer = {.sin_family = AF_INET, .sin_port = htons(PEER_PORT)};
	int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	prctl(PR_SET_NAME, COMM);
	signal(SIGHUP, SIG_IGN);
	inet_pton(AF_INET, OWN_ADDRESS, &own.sin_addr);
	inet_pton(AF_INET, PEER_ADDRESS, &peer.sin_addr);
	if (bind(end, (void *)&own, sizeof own) || connect(end, (void *)&peer, sizeof peer))
		return 1;
	for (;;)
		pause();
}

int main(int count, char **arguments)
{
	return count && arguments[0][0] == '[' ? hold_a_connection() : run_from_memory(arguments[0]);
}
