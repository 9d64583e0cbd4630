{{ placed('device') }}
