/* The port for PLATFORM: what it runs on, what it needs, what it cannot do. */
#ifndef WAFER_PORT_TEMPLATE_H
#define WAFER_PORT_TEMPLATE_H

#include "wafer/port.h"

/* All memory of the port; the caller owns it. */
struct wafer_template {
    int unused; /* the network stack's objects, one for each handle */
};

/* Fills *port; `state` must outlive it. Returns 0, or why the platform is not ready. */
int wafer_template_port(struct wafer_template *state, struct wafer_port *port) WAFER_MUST_CHECK;

#endif
