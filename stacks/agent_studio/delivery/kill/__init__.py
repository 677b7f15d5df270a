"""`studio kill`: stop what runs in a part of the estate, confirm each step, and undo it.

A cell is killed by four means at once, none of which waits for another: nobody can log in to its
Vault any more (`logins`), the logins that hold are revoked (`tokens`), its mailbox says that all is
denied (`epoch`), and its services have no instance (`aws`, `google`, `azure`).

`command` is the way in. `scope` finds the cells that are meant, `plan` gives each its steps, `run`
runs them, and `board` knows how they stand. Each step is read back, and what was not seen is not
reported (`confirm`). Who did what, and when, is on disk before anything is done (`journal`).
"""
