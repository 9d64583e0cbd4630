"""Values that everything else hangs on: relations and columns, a world of models, coverage, errors; and what holds a run together: deadline, faults, progress."""
