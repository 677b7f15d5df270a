"""`studio kill`: stop what runs in a part of the estate, confirm each step, and undo it.

A cell is killed by four means at once, none of which waits for another: nobody can log in to its
Vault any more and the logins that hold are revoked (`vault`), its mailbox denies what its agents
ask for (`epoch`), and its services have no instance (`aws`, `google`, `azure`). Each step is read
back; what was not seen is not reported (`confirm`). Who did what, and when, is on disk before
anything is done (`journal`).
"""
