"""Tests of drf-auth's verify view behind gateways: the real programs where Debian has them, the others by contract."""
