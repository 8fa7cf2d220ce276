/* A program to try a board and the lwIP port with: FIRMWARE=nettest.c. It checks
 * the flash, gets an address, asks CONFIG_DIRECTORY's stand-in "host:port" for an
 * echo, and serves an echo on port 80. */
#include <bearssl.h>
#include <string.h>
#include "board.h"
#include "config.h"
#include "console.h"
#include "nic.h"
#include "stack.h"
#include "wafer_lwip.h"

static int idle(void)
{
    board_watchdog();
    return 0;
}

static int entropy(void *data, size_t len)
{
    uint8_t seed[BOARD_SEED_SIZE];
    if (board_seed(seed) < len)
        return WAFER_E_ENTROPY;
    memcpy(data, seed, len);
    return 0;
}

static const struct wafer_lwip_device device = {
    nic_netif_init, nic_netif_poll, board_ms, board_time, entropy, idle, board_sleep,
};
static const struct wafer_port *const port = &wafer_lwip_port;

static int flash_test(void)
{
    const struct wafer_flash *flash = &board_flash;
    static uint8_t data[256], back[256];
    uint32_t last = flash->block_size - sizeof data;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 3);
    for (uint32_t block = 0; block < flash->block_count; block += flash->block_count - 1) {
        uint32_t address = block * flash->block_size;
        if (flash->erase(NULL, block) < 0 || flash->read(NULL, address + last, back, sizeof back) < 0)
            return -1;
        for (size_t i = 0; i < sizeof back; i++)
            if (back[i] != flash->erased)
                return -2;
        if (flash->program(NULL, address + last, data, 128) < 0 ||
            flash->program(NULL, address + last + 128, data + 128, 128) < 0 ||
            flash->read(NULL, address + last, back, sizeof back) < 0 || memcmp(data, back, sizeof back) != 0)
            return -3;
        if (flash->read(NULL, address + last + 37, back, 101) < 0 || memcmp(data + 37, back, 101) != 0)
            return -4;
    }
    return 0;
}

static void client_test(void)
{
    static uint8_t out[3000], in[512];
    size_t got = 0, sent = 0;
    int handle =
        port->connect(NULL, config_text(CONFIG_NAME, 0), (uint16_t)config_number(CONFIG_NTP_PORT, 7), 5000);
    console_print("connect %d\n", handle);
    if (handle < 0)
        return;
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 13);
    while (got < sizeof out) {
        if (sent < sizeof out) {
            int n = port->write(NULL, handle, out + sent, sizeof out - sent, 2000);
            if (n < 0) {
                console_print("write %d\n", n);
                break;
            }
            sent += (size_t)n;
        }
        int n = port->read(NULL, handle, in, sizeof in, sent < sizeof out ? 0 : 2000);
        if (n == WAFER_E_AGAIN)
            continue;
        if (n < 0 || memcmp(in, out + got, (size_t)n) != 0) {
            console_print("read %d after %u\n", n, (unsigned)got);
            break;
        }
        got += (size_t)n;
    }
    console_print("echoed %u\n", (unsigned)got);
    port->close(NULL, handle);
}

static void serve(int listener)
{
    static uint8_t data[600];
    int handles[8] = {listener};
    size_t n = 1;
    for (;;) {
        if (port->wait(NULL, handles, n, 1000) < 0)
            return;
        int handle = port->accept(NULL, listener);
        if (handle >= 0)
            handles[n++] = handle;
        for (size_t i = 1; i < n; i++) {
            int len = port->read(NULL, handles[i], data, sizeof data, 0);
            if (len == WAFER_E_AGAIN)
                continue;
            for (int at = 0, wrote; len > 0 && at < len; at += wrote)
                if ((wrote = port->write(NULL, handles[i], data + at, (size_t)(len - at), 1000)) < 0)
                    break;
            if (len < 0) {
                port->close(NULL, handles[i]);
                handles[i--] = handles[--n];
                console_print("closed %d, %u open, stack %u\n", len, (unsigned)n - 1, (unsigned)stack_used());
            }
        }
    }
}

int main(void)
{
    board_init();
    console_print("nettest\n");
    console_print("flash %d\n", flash_test());
    int err = wafer_lwip_start(&device);
    nic_drop(config_number(CONFIG_DROP, 0));
    if (err == 0)
        err = wafer_lwip_wait_address(10000);
    console_print("address %x: %d after %u ms\n",
                  (unsigned)ip4_addr_get_u32(netif_ip4_addr(wafer_lwip_netif())), err, (unsigned)board_ms());
    if (config_text(CONFIG_NAME, 0) != NULL)
        client_test();
    serve(port->listen(NULL, NULL, 80));
    return 1;
}
