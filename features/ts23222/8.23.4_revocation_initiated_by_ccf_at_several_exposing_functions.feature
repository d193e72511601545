# TS 23.222 clause 8.23.4 step 2: the core function asks every exposing function that is concerned.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Revocation of an authorization at several exposing functions, initiated by the core function

  Background:
    Given a provider with the exposing function and the second exposing function
    And the exposing function and the second exposing function serve
    And the exposing function and the second exposing function offer "location" with OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function and the second exposing function
    And the invoker has a token for "location"

  @req:23222-8.23.4-02 @req:29222-6.2.2.3.2-01
  Scenario: Step 2: every exposing function that offers the service API is asked
    When the invoker invokes "location" at the exposing function
    And the invoker invokes "location" at the second exposing function
    And the core function is told to revoke the authorization of the invoker for "location"
    Then every exposing function that offers "location" is asked to revoke
