class People:
    def db_for_read(self, model, **hints):
        return "people"

    db_for_write = db_for_read

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, database, app, **hints):
        return database == "people"
