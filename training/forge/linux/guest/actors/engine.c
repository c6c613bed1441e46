/* A small just-in-time compiler with some processes of the same kind: each has one writable and executable region, at the same
 * address, and goes on compiling into it.
 *
 * Inert: what it compiles are functions that return a number (mov eax, NUMBER; ret), and what it runs are these.
 *
 *   CHILDREN  processes beside the first
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (16 * 4096)
#define STEP 16 /* bytes from function to function, as compilers align them */

char CHILDREN[12] = "@CHILDREN@";

static void compile(unsigned char *code, unsigned first)
{
	for (unsigned at = 0; at + STEP <= SIZE; at += STEP) {
		unsigned number = first + at;

		memset(code + at, 0xcc, STEP);
		code[at] = 0xb8;
		memcpy(code + at + 1, &number, sizeof number);
		code[at + 5] = 0xc3;
	}
}

int main(void)
{
	unsigned char *code = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED)
		return 1;
	for (int left = atoi(CHILDREN); left > 0; left--)
		if (fork() == 0)
			break;
	for (unsigned number = getpid();; number++) {
		unsigned at = number % (SIZE / STEP) * STEP;

		compile(code, number);
		__builtin___clear_cache((char *)code, (char *)code + SIZE);
		if (((unsigned (*)(void))(void *)(code + at))() != number + at)
			return 1;
		usleep(500000);
	}
}
