"""A complete replica with python-ovs. Arguments: remote, schema file."""
import sys

import ovs.db.idl
import ovs.poller

helper = ovs.db.idl.SchemaHelper(location=sys.argv[2])
helper.register_all()
idl = ovs.db.idl.Idl(sys.argv[1], helper, leader_only=False)
while not idl.has_ever_connected():
    idl.run()
    if idl.has_ever_connected():
        break
    poller = ovs.poller.Poller()
    idl.wait(poller)
    poller.block()
print(sum(len(table.rows) for table in idl.tables.values()))
