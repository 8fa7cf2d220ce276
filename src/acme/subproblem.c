/* The subproblems of a problem document (RFC 8555 6.7.1), for who configures them. */
#include "acme/problem.h"

/* Of two actions for parts of one problem the stricter: stop before wait before back off. */
static enum wafer_action stricter(enum wafer_action a, enum wafer_action b)
{
    if (a == WAFER_ACTION_STOP || (b != WAFER_ACTION_LATER && b != WAFER_ACTION_BACKOFF)) {
        return WAFER_ACTION_STOP;
    }
    return a == WAFER_ACTION_LATER ? a : b;
}

/* The action of a compound problem is theirs. */
void wafer_subproblems(struct wafer_last *last, const struct wafer_json *json, int problem)
{
    int list = wafer_json_member(json, problem, "subproblems");
    unsigned type = WAFER_LAST_SUBPROBLEMS + 1;
    bool compound = wafer_json_first(json, list) >= 0 && last->problem == WAFER_PROBLEM_COMPOUND;
    if (compound) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    for (int sub = wafer_json_first(json, list); sub >= 0;
         sub = wafer_json_next(json, list, sub), type += 3) {
        wafer_last_member(last, json, wafer_json_member(json, sub, "identifier"), "value",
                          WAFER_TEXT_MOST(128));
        wafer_last_member(last, json, sub, "type", WAFER_TEXT_MOST(64));
        wafer_last_member(last, json, sub, "detail", WAFER_TEXT_MOST(160));
        if (compound) {
            last->action = stricter(last->action, wafer_problem_action(wafer_last_string(last, type)));
        }
    }
}
