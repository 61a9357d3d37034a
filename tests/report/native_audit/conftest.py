"""The audit that its pages, tables and figures are made of."""

from tests.studies.native_audit.conftest import result as result
