def compare(binary, django, python, report):
    return False
