"""The roles in which something can be shared."""


def test_role_definitions(server, http):
    """OpenCloud's seven, each with the actions it lets do; one by its id."""
    address = server.url + "/graph/v1beta1/roleManagement/permissions/roleDefinitions"
    every = http.get(address, timeout=30).json()
    assert len(every) == 7 and [role["displayName"] for role in every][-1] == "Can manage"
    viewer = every[0]
    assert viewer["id"] == "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
    assert viewer["rolePermissions"][0]["condition"] == "exists @Resource.File"
    assert "libre.graph/driveItem/content/read" in viewer["rolePermissions"][0]["allowedResourceActions"]
    assert "libre.graph/driveItem/upload/create" not in viewer["rolePermissions"][0]["allowedResourceActions"]
    assert http.get(f"{address}/{viewer['id']}", timeout=30).json() == viewer
    assert http.get(f"{address}/nonsense", timeout=30).status_code == 404
