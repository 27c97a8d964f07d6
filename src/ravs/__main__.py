"""`python -m ravs` is the command `ravs`."""

from ravs.cli.main import main

raise SystemExit(main())
