"""The figures: how fast, how alike and how small drf-auth is beside Django REST framework on the same machine."""
