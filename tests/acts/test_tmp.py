from builders import *
import time
def test_a(club): 
    print(club.run("list").stdout); print(club.run("verify"))
def test_b(club):
    t=time.time(); print(club.run("show", WANG, "--format","json").stdout); print(time.time()-t)
    t=time.time(); club.fingerprint(); print(time.time()-t)
def test_c(empty_club):
    print(empty_club.run("check"))
