/* A program with an anonymous region of memory that may be executed, holding filler and then a text.
 *
 * Inert: the filler is the instruction that only traps (0xcc), nothing ever jumps there, and the text is a text. It is read
 * straight into the region, so that no other place of the process holds it.
 *
 *   PAGES     size of the region in pages of 4096 bytes
 *   MODE      rwx, or rx: written first, then the write permission is taken away
 *   FILLER    bytes of filler before the text
 *   TEXTFILE  the file with the text, which it removes; empty for what comes on descriptor 0
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char PAGES[8] = "@PAGES@";
char MODE[8] = "@MODE@";
char FILLER[12] = "@FILLER@";
char TEXTFILE[128] = "@TEXTFILE@";

int main(void)
{
	size_t size = atoi(PAGES) * 4096UL, filler = atoi(FILLER);
	int writable = strcmp(MODE, "rx"), text = *TEXTFILE ? open(TEXTFILE, O_RDONLY | O_CLOEXEC) : 0;
	char *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (region == MAP_FAILED || text < 0 || filler >= size)
		return 1;
	memset(region, 0xcc, filler);
	if (read(text, region + filler, size - filler) <= 0)
		return 1;
	if (*TEXTFILE) {
		close(text);
		unlink(TEXTFILE);
	}
	if (mprotect(region, size, PROT_READ | PROT_EXEC | (writable ? PROT_WRITE : 0)))
		return 1;
	for (;;)
		pause();
}
