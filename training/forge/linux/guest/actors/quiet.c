/* A plain program that waits.
 *
 * Inert: beside waiting it writes its own number to a file.
 *
 *   THREADS  threads beside the first
 *   PIDFILE  where it writes its number, or empty
 *   NOTE     a text among its constants, where programs have addresses of help pages; or empty
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char THREADS[12] = "@THREADS@";
char PIDFILE[128] = "@PIDFILE@";
const char NOTE[128] = "@NOTE@";

static void *wait_for_ever(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

int main(void)
{
	FILE *file = *PIDFILE ? fopen(PIDFILE, "we") : NULL;
	pthread_t thread;

	if (file) {
		fprintf(file, "%d\n", getpid());
		fclose(file);
	}
	for (int left = atoi(THREADS); left > 0; left--)
		if (pthread_create(&thread, NULL, wait_for_ever, NULL))
			return 1;
	wait_for_ever(NULL);
}
