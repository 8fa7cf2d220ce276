/* Milliseconds since start, the time of day, and how much of it all was work. */
#include "clock.h"
#include "board.h"

static int64_t told;     /* 0: nothing yet */
static uint32_t told_ms; /* when */
static uint32_t slept_us, slept_ms;

/* Called more often than the microseconds wrap (71 minutes). */
uint32_t board_ms(void)
{
    static uint32_t ms, counted;
    uint32_t passed = (board_us() - counted) / 1000;
    counted += passed * 1000;
    return ms += passed;
}

void clock_set(int64_t seconds)
{
    told = seconds;
    told_ms = board_ms();
}

int64_t clock_now(void)
{
    int64_t now = board_time();
    if (now >= 0 || told == 0)
        return now;
    uint32_t passed = (board_ms() - told_ms) / 1000;
    if (passed >= 3600) { /* the milliseconds wrap: move on with them */
        told += passed;
        told_ms += passed * 1000;
        passed = 0;
    }
    return told + passed;
}

void clock_sleep(void)
{
    uint32_t start = board_us();
    board_sleep();
    slept_us += board_us() - start;
    slept_ms += slept_us / 1000;
    slept_us %= 1000;
}

uint32_t clock_busy_ms(void)
{
    return board_ms() - slept_ms;
}
