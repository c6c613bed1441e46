/* A quiet office daemon: it goes to the background, listens on a port, keeps some workers and does nothing else.
 *
 *   NAME ADDRESS PORT WORKERS [HELPER]
 *
 * A HELPER is started once and never waited for, as in many a sloppy real daemon: when it ends it stays a zombie.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

int main(int count, char **arguments)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	int end, one = 1;

	if (count < 4)
		return 0; /* as a helper: nothing to do */
	if (daemon(0, 0))
		return 1;
	own.sin_port = htons(atoi(arguments[2]));
	inet_pton(AF_INET, arguments[1], &own.sin_addr);
	end = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(end, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(end, (void *)&own, sizeof own) || listen(end, 8))
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
