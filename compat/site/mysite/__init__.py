"""A default Django project with Django REST framework's token login: what drf-auth is compared with."""
