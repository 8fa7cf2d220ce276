/* A transaction, for who holds the lock: wafer_store_begin and wafer_store_commit without it. */
#ifndef WAFER_STORE_TRANSACTION_H
#define WAFER_STORE_TRANSACTION_H

#include "wafer/store.h"

int wafer_transaction_begin(struct wafer_store *store) WAFER_MUST_CHECK;
int wafer_transaction_commit(struct wafer_store *store) WAFER_MUST_CHECK;

#endif
