#include <lodger.h>
#include <stdio.h>

int main(void) {
    lodger_db *db;
    lodger_client *c;
    const void *value;
    size_t len;
    if (lodger_open("app.lodger", "appendfsync always\n", &db, NULL) < 0) return 1;
    if (lodger_client_new(db, &c) < 0) return 1;
    lodger_set(c, "greeting", 8, "hello", 5);
    if (lodger_get(c, "greeting", 8, &value, &len) == LODGER_OK) printf("%.*s\n", (int)len, (const char *)value);
    lodger_client_free(c);
    return lodger_close(db, NULL) < 0;
}
