/* A program that made the last page of its own code writable and took that back, as self-checking and as patched programs do. The
 * map of its code stays in two pieces, because the kernel goes on accounting for that page.
 *
 * Inert: it changes the permission only and writes nothing there.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

extern char etext; /* the linker's: the end of the code */

/* A page between the code that runs and the last page. */
__attribute__((used, aligned(PAGE))) static void filler(void)
{
	__asm__ volatile(".skip 4095, 0x90");
}

int main(void)
{
	void *last = (void *)(((uintptr_t)&etext - 1) & ~(uintptr_t)(PAGE - 1));

	if (mprotect(last, PAGE, PROT_READ | PROT_WRITE) || mprotect(last, PAGE, PROT_READ | PROT_EXEC))
		return 1;
	for (;;)
		pause();
}
