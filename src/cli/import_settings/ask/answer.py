# All parts, as one JSON text between two markers.

def answer():
    from django.conf import settings
    # Commands swallow what keeps settings from being read; whoever reads this should not.
    settings.INSTALLED_APPS
    said, failed = {}, {}
    for name, gather in PARTS.items():
        try:
            said[name] = gather()
            json.dumps(said[name])
        except Exception as error:
            said[name] = None
            frame = error.__traceback__
            while frame is not None and frame.tb_next is not None:
                frame = frame.tb_next
            where = "%s, line %d" % (os.path.basename(frame.tb_frame.f_code.co_filename), frame.tb_lineno) if frame else ""
            failed[name] = "%s (%s)" % (type(error).__name__, where)
    said["failed"] = failed
    return json.dumps(said)


text = ("\n%s%s%s\n" % (MARKER, answer(), MARKER)).encode("ascii")
sys.stdout.flush()
while text:
    text = text[os.write(1, text):]
