/* A program that changes the names that its process shows, as daemons with titles do, and as some that hide: its file stays.
 *
 * Inert: it waits.
 *
 *   COMM   the name of the process (prctl), empty to keep it
 *   TITLE  what stands in place of its arguments, empty to keep them; it is cut where they ended
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

char COMM[16] = "@COMM@";
char TITLE[128] = "@TITLE@";

int main(int count, char **arguments)
{
	char *last = arguments[count - 1];
	size_t room = last + strlen(last) + 1 - arguments[0];

	if (*COMM)
		prctl(PR_SET_NAME, COMM);
	if (*TITLE) {
		memset(arguments[0], 0, room);
		snprintf(arguments[0], room, "%s", TITLE);
	}
	for (;;)
		pause();
}
