"""The audit that its pages, tables and figures are made of."""

from tests.studies.native_audit.conftest import audited as audited
from tests.studies.native_audit.conftest import found as found
