"""The PAR warehouse: how reports become marts, and marts become files for people."""
