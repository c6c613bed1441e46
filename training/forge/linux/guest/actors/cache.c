/* A program that keeps data in an anonymous memory file, as players and browsers do: the file is open, never run.
 *
 * Inert: it writes its own bytes there and waits.
 *
 *   MEMFD      the name of the memory file
 *   KILOBYTES  its size
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

char MEMFD[64] = "@MEMFD@";
char KILOBYTES[12] = "@KILOBYTES@";

int main(void)
{
	static unsigned char block[1024];
	int file = memfd_create(MEMFD, MFD_CLOEXEC);
	unsigned sample = 1;

	if (file < 0)
		return 1;
	for (int left = atoi(KILOBYTES); left > 0; left--) {
		for (size_t i = 0; i < sizeof block; i++)
			block[i] = (sample = sample * 1103515245 + 12345) >> 16;
		if (write(file, block, sizeof block) != sizeof block)
			return 1;
	}
	for (;;)
		pause();
}
